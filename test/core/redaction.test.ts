import { describe, expect, test } from "vitest";
import { withoutValues } from "../../src/core/redaction.ts";

describe("a complaint that leaves the daemon", () => {
  test("keeps supervisord's words without the value of environment", () => {
    expect(
      withoutValues("Unexpected end of key/value pairs in value 'A=B,x' y' in section 'program:p' (file: 'f')"),
    ).toBe("Unexpected end of key/value pairs in value '…' in section 'program:p' (file: 'f')");
    expect(withoutValues("Unexpected end of key/value pairs in value 'A'")).toBe(
      "Unexpected end of key/value pairs in value '…'",
    );
    expect(
      withoutValues("Format string 'A=\"x\",%(no)s' for 'environment' contains names ('no') which cannot be expanded."),
    ).toBe("Format string '…' for 'environment' contains names ('no') which cannot be expanded.");
    expect(withoutValues("Format string 'A=50%' for 'program:p.environment' is badly formatted: x")).toBe(
      "Format string '…' for 'program:p.environment' is badly formatted: x",
    );
  });

  test("is left as it is about anything else", () => {
    const other = "Format string '/bin/%(x)s' for 'program:p.command' contains names ('x') which cannot be expanded";
    expect(withoutValues(other)).toBe(other);
  });
});
