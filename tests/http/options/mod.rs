//! Every option of the builder, as a browser and the store notice it.

mod attributes;
mod express;
mod failure;
mod ids;
#[cfg(feature = "postgres")]
mod loading;
mod markers;
mod path;
mod saving;
mod scheme;
mod time;
