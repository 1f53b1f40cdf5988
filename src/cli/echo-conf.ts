/** `echo_supervisord_conf`: prints a program list to begin with. Like the reference's script it takes no arguments and ignores any. */
import { sampleFile } from "../config/sample.ts";
import { OutputClosed, standardOutput } from "./output.ts";

try {
  standardOutput.write(sampleFile());
} catch (error) {
  if (!(error instanceof OutputClosed)) throw error;
}
