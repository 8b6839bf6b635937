'use strict';

// Templates that escape: html`<p>${anything}</p>` cannot be broken out of.

/** HTML that is already as it should be. */
class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const SPELLED = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` so that it means itself, between tags and in quoted attributes. */
function escape(text) {
  return text.replace(/[&<>"']/g, (character) => SPELLED[character]);
}

function spelled(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(spelled).join('');
  if (value === undefined || value === null || value === false) return '';
  return escape(String(value));
}

/** A template tag. Other markup goes in as it is, everything else as text. */
function html(texts, ...values) {
  return new Markup(String.raw({ raw: texts }, ...values.map(spelled)));
}

module.exports = { html };
