/** How much random input a test of parsers gives; `make test-long` asks for much more. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 5_000);
