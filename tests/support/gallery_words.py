"""Who and what is in the installations to look at: names and texts that are long, strange or in another script."""

PROGRAM = "program"
VIEWER = "ada"  # an administrator: the role that sees most
PASSWORD = "a password for looking"
ROWS = 50

LONG = "Quarterly figures for the north-western region, with remarks on everything that was put off in spring " * 2
SUBJECTS = (
    "Release 4.2 moved to Thursday, 09:00",
    LONG[:200],
    "🎉🎂 Happy birthday, team! 🥳",
    "اجتماع الفريق يوم الخميس الساعة التاسعة صباحًا",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    "ok",
    "RE: FWD: [EXTERNAL] <b>not bold</b> & “quoted” – 100 % sure?",
)
NAMES = (
    "Émile Zola",
    "Maximiliana Konstantina von und zu Hohenlohe-Schillingsfürst-Waldenburg",
    "نور الدين عبد الرحمن",
    "🦊 Fox",
    "X",
    "Nguyễn Thị Minh Khai",
)
BODY = """Everything moves to **Thursday, 09:00**. The branch stays *cut*, and
[the notes](https://example.com/notes) are final.

## What to do

1. Tell your team.
2. Run `make release VERSION=4.2.0-rc.1+build.20260302.a-very-long-suffix-that-does-not-break-anywhere`.

> Nothing is on fire.

```
a line of code that is much longer than a phone is wide, so that it has to be scrolled and must not widen the page
```

| When | Who | What |
|---|---|---|
| 09:00 | Emil | the announcement that goes out to everybody |
"""
