/** Runs lines of the control program in this process and keeps what they print. */
import { execute } from "../../src/cli/interpreter.ts";
import type { Output } from "../../src/cli/output.ts";
import type { Answer, Prompter } from "../../src/cli/prompter.ts";
import { Session, type SessionSettings } from "../../src/cli/session.ts";

class CapturedOutput implements Output {
  out = "";
  err = "";

  line(text: string): void {
    this.out += `${text}\n`;
  }

  errorLine(text: string): void {
    this.err += `${text}\n`;
  }

  write(text: string): void {
    this.out += text;
  }

  raw(text: string): void {
    this.write(text);
  }

  async stream(bytes: Uint8Array): Promise<void> {
    this.out += Buffer.from(bytes).toString();
  }
}

/** Gives prepared answers, then the end of input; prompts show in the output. */
class PreparedAnswers implements Prompter {
  readonly answers: Answer[];
  readonly #output: CapturedOutput;

  constructor(output: CapturedOutput, lines: readonly string[]) {
    this.#output = output;
    this.answers = lines.map((text) => ({ type: "line", text }));
  }

  async ask(prompt: string): Promise<Answer> {
    this.#output.write(prompt);
    return this.answers.shift() ?? { type: "end", text: "EOF when reading a line" };
  }

  askSecret(prompt: string): Promise<Answer> {
    return this.ask(prompt);
  }

  close(): void {}
}

export interface Printed {
  readonly out: string;
  readonly err: string;
  readonly status: number;
}

/** One run of the control program per line, as `spacectl LINE` would be. */
export async function ctl(
  serverUrl: string,
  line: string,
  settings: Partial<SessionSettings> & { answers?: readonly string[] } = {},
): Promise<Printed> {
  const output = new CapturedOutput();
  const prompter = new PreparedAnswers(output, settings.answers ?? []);
  const session = new Session(
    { configFile: null, serverUrl, username: null, password: null, interactive: false, ...settings },
    output,
    prompter,
  );
  await execute(session, line);
  return { out: output.out, err: output.err, status: session.status };
}
