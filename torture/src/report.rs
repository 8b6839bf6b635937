//! What is printed at the end.
