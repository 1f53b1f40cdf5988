/** Words that commands take as their first argument. */

export const shells = ["bash", "zsh", "fish"] as const;
export const importFormats = ["pm2", "procfile", "supervisord", "systemd"] as const;
