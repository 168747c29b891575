//! Why an exchange did not come to its end.

use std::fmt;

#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    TimedOut,
    Broken(String),
}

impl Fault {
    pub fn broken(reason: impl fmt::Display) -> Self {
        Self::Broken(reason.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TimedOut => "no answer in time",
            Self::Broken(reason) => reason,
        })
    }
}
