//! HTTP/1.1 as far as an agent needs it. Parsing is apart from the network, so that it can be tested by itself.

pub mod body;
#[cfg(test)]
mod broken;
pub mod exchange;
pub mod head;
