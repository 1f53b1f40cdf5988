/** Versions as clients see them. */

/** Ours, shown by `spaced --version`. */
export const version = "0.1.0";

/** The release whose behaviour, API and output this daemon has; clients compare with it. */
export const compatibleVersion = "4.2.5";
