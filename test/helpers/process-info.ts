/** What supervisor.getProcessInfo tells of a process that runs, made up: for what only its names matter to. */
export const processInfo = (group: string, name: string) => ({
  group,
  name,
  state: 20,
  statename: "RUNNING",
  description: "",
  pid: 1,
  start: 0,
  stop: 0,
  now: 0,
  exitstatus: 0,
  spawnerr: "",
});
