//! Lines to the container's log, and the end of the process.

use std::time::{SystemTime, UNIX_EPOCH};

/// Code of an end that is a defect of ours, as sysexits.h has it (EX_SOFTWARE).
const DEFECT: i32 = 70;

/// Writes a line if that can be done at once: a log that nobody reads must not stop the probes.
pub fn line(text: &str) {
    let mut polled = libc::pollfd { fd: 1, events: libc::POLLOUT, revents: 0 };
    let whole = [text.as_bytes(), b"\n"].concat();
    // SAFETY: what is pointed to outlives the calls.
    unsafe {
        if libc::poll(&raw mut polled, 1, 0) == 1 && polled.revents & libc::POLLOUT != 0 {
            libc::write(1, whole.as_ptr().cast(), whole.len());
        }
    }
}

pub fn exit(code: i32) -> ! {
    // SAFETY: nothing of ours is to be done at the end; the engine's own tidying would only take time.
    unsafe { libc::_exit(code) }
}

/// Says in the log's own shape what must not have happened, and ends the process so that the kubelet starts it anew.
pub fn fail(message: &str, problem: &str) -> ! {
    line(&format!(
        r#"{{"level":"error","time":"{}","process":"agent","problem":{},"msg":{}}}"#,
        time(),
        quoted(problem),
        quoted(message),
    ));
    exit(DEFECT)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            character if character.is_control() => quoted.push('\u{fffd}'),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// RFC 3339 in UTC, by Howard Hinnant's `civil_from_days`.
fn time() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}Z", second % 60, since.subsec_millis())
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_is_quoted_as_json_has_it() {
        assert_eq!(super::quoted("a\"b\\c\nd\u{1}"), "\"a\\\"b\\\\c\\nd\u{fffd}\"");
    }

    #[test]
    fn the_time_is_of_this_shape() {
        assert_eq!(super::time().len(), "2026-01-01T00:00:00.000Z".len());
    }
}
