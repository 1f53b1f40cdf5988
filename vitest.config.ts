import { defineConfig } from "vitest/config";

/** Two suites: `unit` needs nothing but the sources; `e2e` drives the built binaries with real processes. */
export default defineConfig({
  test: {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/e2e/**"], testTimeout: 20_000 } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
