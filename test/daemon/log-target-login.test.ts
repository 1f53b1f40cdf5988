/** How a log target logs in, and that what a server says of that is told without it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { authorization, certificatesOf, secretsOf, withoutSecrets } from "../../src/daemon/log-target-login.ts";

const folder = mkdtempSync(join(tmpdir(), "log-target-login-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a secret in a file", () => {
  const file = join(folder, "secret");
  const bearer = () => authorization({ type: "bearer", token: { file } });
  const basic = () => authorization({ type: "basic", username: "me", password: { file } });

  test("is taken without the line end that editors leave", async () => {
    writeFileSync(file, "s3cret\r\n");
    expect(await bearer()).toBe("Bearer s3cret");
    writeFileSync(file, "pass wörd €\n");
    expect(await basic()).toBe(`Basic ${Buffer.from("me:pass wörd €").toString("base64")}`);
  });

  test("that is just being written, and empty, is not sent", async () => {
    writeFileSync(file, "\n");
    await expect(bearer()).rejects.toThrow(`cannot take a secret from ${file}: it is empty`);
    await expect(basic()).rejects.toThrow("it is empty");
  });

  test.each(["two words", "caf\u00e9", "\u20ac", "a\nb"])("is no token when it is %j", async (text) => {
    writeFileSync(file, text);
    await expect(bearer()).rejects.toThrow("it holds what no header can");
  });
});

test("certificates are those of a file, which holds some: without, all that are well known would be trusted", async () => {
  const file = join(folder, "ca.pem");
  const text = "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n";
  writeFileSync(file, text);
  expect([await certificatesOf(null), await certificatesOf(file)]).toEqual([null, text]);
  for (const none of ["", "garbage\n"]) {
    writeFileSync(file, none);
    await expect(certificatesOf(file)).rejects.toThrow(`cannot take certificates from ${file}: it holds none (PEM)`);
  }
});

describe("what a server says is told without", () => {
  const shown = (headers: Record<string, string>, text: string) => withoutSecrets(text, secretsOf(headers));

  test.each<[string, Record<string, string>, string, string]>([
    ["a token", { authorization: "Bearer s3cret" }, "no s3cret for you", "no … for you"],
    [
      "a password, however it is written",
      { authorization: `Basic ${btoa("me:p w")}` },
      `${btoa("me:p w")}: p w`,
      "…: …",
    ],
    ["a token that the list has as a header", { Authorization: "Token s3cret" }, "bad token s3cret", "bad token …"],
    ["the values of other headers", { "X-Key": "k3y and more" }, "k3y and more?", "…?"],
    ["a secret that holds another", { a: "s3cret", b: "my-s3cret-2" }, "my-s3cret-2", "…"],
    ["the beginning of one where the text is cut", { "X-Key": "s3cret" }, "it was s3cr", "it was …"],
    ["but with the words for its type", { "content-type": "application/json" }, "application/json", "application/json"],
  ])("%s", (_, headers, text, expected) => {
    expect(shown(headers, text)).toBe(expected);
  });
});
