import type { ViteUserConfig } from "vitest/config";

/** What starts a kernel, a browser or Python is slow; everything else is `npm run test:fast`. */
const config: ViteUserConfig = {
  test: {
    projects: [
      {
        test: {
          name: "fast",
          setupFiles: ["test/setup.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/kernel/**", "test/notebooks/**", "test/peers/**"],
          // Property-based tests try hundreds of cases; on a busy machine five seconds are not enough for some.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "slow",
          setupFiles: ["test/setup.ts"],
          include: ["test/{kernel,notebooks,peers}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
};

export default config;
