/** `[include]`. */
import { cat, main } from "./case.ts";

export const includes = [
  main(
    "includes in order, each read where it stands",
    `[program:x]\ncommand=%(here)s/m\nstartsecs=3\n[include]\nfiles = inc/b.conf\n  inc/*.conf %(here)s/no*.conf\n`,
    {
      "inc/a.conf": "[program:a]\ncommand=%(here)s/bin\n[program:x]\nstartsecs=77\n",
      "inc/b.conf": "[program:b]\ncommand=/bin/b\n",
      "inc/.hidden.conf": "[program:h]\ncommand=h\n",
    },
  ),
  main("a nested include is ignored", "[include]\nfiles=inc/*.conf\n", {
    "inc/a.conf": "[program:a]\ncommand=a\n[include]\nfiles=../other.conf\n",
    "other.conf": "[program:o]\ncommand=o\n",
  }),
  main("a file that includes itself", `${cat}[include]\nfiles=main.conf main.conf\n`),
  main("an include without files", "[include]\n"),
  main("files inherited from DEFAULT", "[DEFAULT]\nfiles=a.conf\n[include]\n", { "a.conf": cat }),
  main("an include of nothing", "[include]\nfiles=\n"),
  main("an include that cannot be expanded", "[include]\nfiles=%(nope)s\n"),
  main(
    "an include with host name and environment",
    "[include]\nfiles=%(host_node_name)s.conf %(ENV_WORD)s/[ab]?.conf\n",
    { "word/a1.conf": cat, "word/c1.conf": "[program:c]\ncommand=c\n", "word/b.conf": "[program:b]\ncommand=b\n" },
  ),
  main("patterns", "[include]\nfiles=[!a]*.conf [a-b]*/*.conf ?.ini */?.txt {a,b}.x ** [] [!] [z-a]\n", {
    "a.conf": cat,
    "b.conf": "[program:b]\ncommand=b\n",
    "a1/q.conf": "[program:q]\ncommand=q\n",
    "c.ini": "[program:c]\ncommand=c\n",
    "d/e.txt": "[program:e]\ncommand=e\n",
  }),
  main("a directory among the matches", `${cat}[include]\nfiles=inc/*\n`, { "inc/sub/x.conf": "junk\n" }),
  main("a tilde is not expanded", "[include]\nfiles=~/x.conf\n"),
  main("an error in an included value", "[include]\nfiles=inc.conf\n", {
    "inc.conf": "[program:new]\ncommand=a\nstartsecs=abc\n",
  }),
  main("an error in an overriding value names the main file", `${cat}[include]\nfiles=inc.conf\n`, {
    "inc.conf": "[program:p]\nstartsecs=abc\n",
  }),
  main("an included file without a header", "[include]\nfiles=inc.conf\n", { "inc.conf": "junk\n" }),
  main("an included file with garbage", "[include]\nfiles=inc.conf\n", { "inc.conf": "[program:q]\njunk\n" }),
  main(
    "here of DEFAULT is settled per file",
    `[DEFAULT]\ndirectory=%(here)s\n${cat}[include]\nfiles=inc/a.conf inc/b/b.conf\n`,
    {
      "inc/a.conf": "[program:a]\ncommand=a\n",
      "inc/b/b.conf": "[DEFAULT]\ndirectory=/b\n[program:b]\ncommand=b\n[program:a]\nstartsecs=2\n",
    },
  ),
  main(
    "here of DEFAULT is settled in plugin sections, too",
    `[DEFAULT]\ndirectory=%(here)s\n${cat}[include]\nfiles=none.conf\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n`,
  ),
  main("a percent sign in a directory", `${cat}[include]\nfiles=a%%b/*.conf\n`, {
    "a%b/x.conf": "[program:x]\ncommand=%(here)s/x\n",
  }),
  main("supervisord in an included file", "[include]\nfiles=inc.conf\n", {
    "inc.conf": "[supervisord]\nlogfile=%(here)s/inc.log\nidentifier=inc\n",
  }),
  {
    name: "supervisord only in an included file",
    files: { "main.conf": "[include]\nfiles=inc.conf\n", "inc.conf": "[supervisord]\n" },
  },
  main("a group over files", `${cat}[include]\nfiles=*.ini\n`, {
    "a.ini": "[group:g]\nprograms=p,q\n",
    "b.ini": "[program:q]\ncommand=q\n",
  }),
  main("doubled slashes and dots in patterns", "[include]\nfiles=./inc//a.conf inc/../inc/*.conf\n", {
    "inc/a.conf": cat,
  }),
];
