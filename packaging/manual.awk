# Makes roff of what a program says with --help. Variables: name (of the program), title (of the page), section, date, version;
# part: nothing for the beginning of a page, 1 for one command of it.
# A help begins with its usage; paragraphs, headings that end in a colon, and tables of two columns with two blanks between follow.
function quote(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

# What is typed as it stands is bold, what stands for something else is not.
function term(text,    words, count, i, all) {
  count = split(text, words, " ")
  for (i = 1; i <= count; i++)
    all = all (i > 1 ? " " : "") (words[i] ~ /^-/ || i == 1 ? "\\fB" quote(words[i]) "\\fR" : "\\fI" quote(words[i]) "\\fR")
  return all
}

function heading(text) {
  if (!part && text != last) print ".SH \"" toupper(text) "\""
  last = text
  headed = 1
}

# The first sentence, as the page's index has it.
function first(text) {
  sub(/\. .*/, "", text)
  sub(/\.$/, "", text)
  return tolower(substr(text, 1, 1)) substr(text, 2)
}

function begin(    i) {
  begun = 1
  if (!part && about == "") {
    print "manual " title ": its help does not say what it is" > "/dev/stderr"
    exit failed = 1
  }
  if (part) {
    print ".SS \"" quote(usages[1]) "\""
    for (i = 2; i <= count; i++) print (i > 2 ? ".br\n" : "") ".B " quote(usages[i])
    fresh = count < 2
    return
  }
  printf ".TH \"%s\" %s \"%s\" \"%s\" \"Keelson\"\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n", toupper(title), section, date, version, quote(title), quote(first(about))
  for (i = 1; i <= count; i++) print (i > 1 ? ".br\n" : "") term(usages[i])
}

# Prints the paragraph that was gathered, if there is one.
function say() {
  if (paragraph == "") return
  if (about == "") about = paragraph
  if (!begun) begin()
  if (!part && last == "") heading("description")
  else if (!fresh) print ".PP"
  print quote(paragraph)
  fresh = 0
  paragraph = ""
}

{ sub(/\r$/, "") }

NR == 1 && index($0, name " - ") == 1 {
  lead = toupper(substr($0, length(name) + 4, 1)) substr($0, length(name) + 5) "."
  next
}

tolower($0) ~ /^usage: / { inUsage = 1; sub(/^[^ ]* /, "") }
inUsage && /^$/ { inUsage = 0; paragraph = lead; if (lead != "") say(); next }
inUsage { sub(/^ +/, ""); sub(/   .*/, ""); usages[++count] = $0; next }

/^$/ { say(); headed = 0; next }

/^[A-Za-z].*:$/ { say(); if (!begun) begin(); sub(/:$/, ""); heading($0); next }

# A row of a table, or the rest of the one before.
/^ / {
  say()
  if (!begun) begin()
  indent = match($0, /[^ ]/)
  text = substr($0, indent)
  gap = match(text, /   *[^ ]/)
  if (indent > 10 && !gap) { print quote(text); next }
  word = gap ? substr(text, 1, gap - 1) : text
  if (!headed) heading(word ~ /^-/ ? "options" : word ~ /^[A-Z_]+$/ ? "environment" : "commands")
  print ".TP\n" term(word)
  if (gap) { sub(/^ +/, "", text); print quote(substr(text, gap + RLENGTH - 1)) }
  next
}

{ paragraph = paragraph (paragraph == "" ? "" : " ") $0 }

END {
  if (failed) exit 1
  say()
  if (!begun) begin()
}
