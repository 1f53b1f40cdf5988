import { expect, test } from "vitest";
import { config } from "./files.ts";

const ini = "[supervisord]\n[inet_http_server]\nport=*:9001\n";

test("the names under which browsers are answered are a list, in lower case; by default there is none", async () => {
  const allowed = async (path: string, text: string) => (await config(path, text)).servers;
  expect(await allowed("none.conf", ini)).toMatchObject([{ allowedHosts: [] }]);
  const named = `${ini}allowed_hosts=Box.example.com, *.corp.example ; comment\n`;
  expect(await allowed("some.conf", named)).toMatchObject([{ allowedHosts: ["box.example.com", "*.corp.example"] }]);
  const yaml = 'inet_http_server: { port: 9001, allowed_hosts: [box.example.com, "*"] }\n';
  expect(await allowed("some.yaml", yaml)).toMatchObject([{ allowedHosts: ["box.example.com", "*"] }]);
});
