/**
 * `node:http` without its face as an ES module. Importing anything from it by name makes Node read all
 * its exports, and one of them loads a whole web client: 7 MB of memory and 30 ms that nobody needs.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");
