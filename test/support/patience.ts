/**
 * By how much deadlines of tests are longer than on an ordinary machine: `TSKATA_TEST_PATIENCE`, 1 by default. In a
 * nested machine that is itself translated everything takes some twenty times as long.
 */
export const PATIENCE = Number(process.env["TSKATA_TEST_PATIENCE"] ?? 1);
