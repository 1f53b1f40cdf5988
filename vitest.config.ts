import { defineConfig } from "vitest/config";

/**
 * Three suites: `unit` needs nothing but the sources; `e2e` drives the built binaries with real processes; `systems`
 * also installs and runs the services around them.
 */

/**
 * Thousands of tests with real processes on a machine with other work: some wait for a moment that comes late. The gate
 * asks those a second time, and says so; what is broken fails twice.
 */
const retry = process.env.CI ? 1 : 0;

export default defineConfig({
  test: {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    projects: [
      {
        test: {
          name: "unit",
          retry,
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/systems/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "e2e",
          retry,
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "systems",
          retry,
          include: ["test/systems/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
