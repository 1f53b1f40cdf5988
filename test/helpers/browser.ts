/** Debian's Chromium with an empty profile, in which nothing happens but what a test asks for. */
import { type Browser, chromium } from "playwright-core";

/**
 * Starts it; to be closed by the test.
 * @param hosts which names lead to which addresses, as a DNS server of our own would have it: `{"*.example": "127.0.0.1"}`
 */
export function startBrowser(hosts: Readonly<Record<string, string>> = {}): Promise<Browser> {
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
  const quiet = ["background-networking", "component-update", "sync", "gpu", "quic", "dev-shm-usage"];
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--no-first-run", `--host-resolver-rules=${rules.join(", ")}`],
      ...quiet.map((what) => `--disable-${what}`),
    ],
  });
}
