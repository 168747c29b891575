//! Names of hosts. A static program has no resolver of the C library, so that this one asks by itself.

#[cfg(test)]
mod broken;
mod configuration;
mod message;
pub mod resolve;
pub mod url;
