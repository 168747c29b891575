/** How many random documents the webhook is given; `make test-long` asks for many more. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 5_000);
