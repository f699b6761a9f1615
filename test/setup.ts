import fc from "fast-check";

/**
 * Property-based tests try the same cases in every run, so that a failure speaks of the change that was made and not
 * of luck. `FAST_CHECK_SEED=$RANDOM npm run test:fast` looks further; a failure prints the seed that finds it again.
 */
const seed = Number(process.env.FAST_CHECK_SEED ?? 20261123);
if (!Number.isInteger(seed))
  throw new Error(`FAST_CHECK_SEED=${process.env.FAST_CHECK_SEED}: expected an integer`);
fc.configureGlobal({ seed });

// Kernels that tests start leave the user's history alone.
process.env.OPTIMLAB_HISTORY ??= "";
