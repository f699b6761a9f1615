import { defineConfig } from "vitest/config";

/** What starts a kernel, a browser or Python is slow; everything else is `npm run test:fast`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/kernel/**", "test/notebooks/**"],
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/kernel/**/*.test.ts", "test/notebooks/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
