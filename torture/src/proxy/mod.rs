//! What stands between the applications and PostgreSQL, and spoils what passes.
