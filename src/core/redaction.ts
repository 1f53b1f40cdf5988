/**
 * supervisord quotes the whole of `environment=` when something is wrong in it, passwords and all, to whoever asks for
 * a reread, and in the main log. Its words stay; the value is left out. Whoever starts the daemon, or may read the file
 * (`spacectl check`), is shown it.
 */

/** A complaint about a program list, without values of variables and of keys that hold secrets. */
export const withoutValues = (complaint: string): string =>
  complaint
    .replace(
      /^(Format string ).*?( for '[^']*(?:environment|password|token)[^']*' (?:contains names|is badly formatted))/s,
      "$1'…'$2",
    )
    .replace(/^(not an address for HTTP: ).*?(?= in section '|$)/s, "$1'…'")
    .replace(/(Unexpected end of key\/value pairs in value ').*('(?: in section '|$))/s, "$1…$2");

/** A value with addresses in it, without who logs in there: `http://…@host/path`. */
export const withoutCredentials = (value: string): string => value.replace(/(:\/\/)[^\s/?#\\]*@/g, "$1…@");
