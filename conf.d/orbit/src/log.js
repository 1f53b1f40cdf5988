/** The team's logger: all levels into LOGS_DIR/worker.log, and on the console, where errors go to stderr. */
import winston from "winston";

const { LOG_LEVEL = "info", LOGS_DIR = "./logs", NODE_ENV = "development" } = process.env;
const { combine, colorize, printf } = winston.format;
const line = printf(({ level, message }) => `${level}: ${message}`);

export function openLog(name) {
  return winston.createLogger({
    level: LOG_LEVEL,
    transports: [
      new winston.transports.Console({
        stderrLevels: ["error"],
        format: NODE_ENV === "development" ? combine(colorize(), line) : line,
      }),
      new winston.transports.File({
        filename: `${LOGS_DIR}/${name}.log`,
        format: combine(winston.format.timestamp(), winston.format.json()),
      }),
    ],
  });
}
