/** Texts that are nearly right: one that is right, with a few things done to it that go wrong in the field or in malice. */
import type { Random } from "./random.ts";

/** Characters that mean something to one of our parsers, or to none. */
const odd = Array.from(
  "\0\t\n\r\v\f\x1b !\"#%&'()*,-./:;<=>?[\\]_`{|}~\x7f\x80\x85\xa0\xe9\xff\u0130\u2028\ufeff\ufffe\u{1f600}",
).concat("\ud800", "\udc00", "\r\n");

const numbers = [
  "0",
  "-1",
  "1",
  "007",
  "255",
  "65536",
  "2147483648",
  "9007199254740993",
  "1e9",
  "9".repeat(40),
  "٣",
  "NaN",
];

/** `words` are what the grammar is made of; `others` are further right texts, of which pieces are taken. */
export function mutate(random: Random, text: string, words: readonly string[], others: readonly string[]): string {
  let result = text;
  for (let times = 1 + random.size(8); times > 0; times--) result = once(random, result, words, others);
  return result;
}

function once(random: Random, text: string, words: readonly string[], others: readonly string[]): string {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + random.size(40));
  const [head, piece, tail] = [text.slice(0, at), text.slice(at, until), text.slice(until)];
  switch (random.below(12)) {
    case 0:
      return head + tail;
    case 1:
      return head + random.pick(odd) + piece + tail;
    case 2:
      return head + random.pick(odd) + tail;
    case 3:
      return head + random.pick(words) + piece + tail;
    case 4:
      return head + random.pick(words) + tail;
    case 5:
      return head + piece.repeat(1 + random.size(30)) + tail;
    case 6:
      return head + random.pick(odd).repeat(random.size(300)) + piece + tail;
    case 7:
      return withLine(random, text);
    case 8:
      return head + slice(random, random.pick(others)) + tail;
    case 9:
      return text.replace(/\d+/g, (number) => (random.chance(0.3) ? random.pick(numbers) : number));
    case 10:
      return head;
    default:
      return head + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))) + text.slice(at + 1);
  }
}

/** A line moved, doubled or left out. */
function withLine(random: Random, text: string): string {
  const lines = text.split("\n");
  const [line = ""] = lines.splice(random.below(lines.length), 1);
  for (let times = random.below(3); times > 0; times--) lines.splice(random.below(lines.length + 1), 0, line);
  return lines.join("\n");
}

function slice(random: Random, text: string): string {
  const from = random.below(text.length);
  return text.slice(from, from + random.size(200));
}
