import type { ViteUserConfig } from "vitest/config";

/** `npm run test:golden`: every case of the golden files, of test/golden or of the folder GOLDEN_DIR. */
const config: ViteUserConfig = {
  test: {
    include: ["test/golden/golden.test.ts"],
    reporters: ["./test/golden/reporter.ts"],
    env: { GOLDEN_MISSING_NAMES: "fail" },
  },
};

export default config;
