//! For tests: the same random input each time, and more of it where `FUZZ_RUNS` asks for more.

/// A generator of which nothing is asked but that it repeats itself (xorshift64*).
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(mixed).unwrap_or(0) % bound.max(1)
    }

    pub fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or(0)
    }

    pub fn of<'a>(&mut self, parts: &[&'a [u8]]) -> &'a [u8] {
        parts[self.below(parts.len())]
    }

    /// Parts in any order, and then a few bytes that are changed, taken out or put in.
    pub fn broken(&mut self, parts: &[&[u8]], maximum_parts: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.below(maximum_parts + 1) {
            bytes.extend_from_slice(self.of(parts));
        }
        self.break_up(&mut bytes);
        bytes
    }

    pub fn break_up(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.byte()),
                _ if at == bytes.len() => {}
                2 => bytes[at] = self.byte(),
                _ => drop(bytes.remove(at)),
            }
        }
    }
}

/// How often a parser is tried.
pub fn runs() -> usize {
    std::env::var("FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20_000)
}
