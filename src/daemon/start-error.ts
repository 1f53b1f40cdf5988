import type { Complaint } from "../config/complaint.ts";

/** A start that cannot succeed: shown as one line, exit status 2, nothing left running. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** What is wrong with the program list, if that is why. */
  readonly complaints: readonly Complaint[];

  constructor(message: string, complaints: readonly Complaint[] = []) {
    super(message);
    this.complaints = complaints;
  }
}
