# Makes roff of a table of keys in a document: | keys | default | what |. Variable: heading, of the part that has the table.
# A key and the keys after it that begin with a dot are one table's: "storage.s3.bucket", ".region". What stands before an item of code, and what is not code, stays.
function quote(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  return text
}

# Code is what stands between backquotes: bold or, with an empty mark, as it is.
function cell(text, mark,    parts, count, i, all) {
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  gsub(/ \(\[[^]]*\]\([^)]*\)\)/, "", text)    # a link that stands in parentheses leads to another part
  while (match(text, /\[[^]`]*\]\([^)]*\)/)) {
    all = substr(text, RSTART + 1, RLENGTH - 1)
    sub(/\].*/, "", all)
    text = substr(text, 1, RSTART - 1) all substr(text, RSTART + RLENGTH)
  }
  all = ""
  count = split(text, parts, "`")
  for (i = 1; i <= count; i++) all = all (i % 2 || mark == "" ? quote(parts[i]) : mark quote(parts[i]) "\\fR")
  return all
}

/^## / { on = $0 == "## " heading; rows = 0; next }
!on || !/^\|/ { next }
++rows <= 2 { next }
{
  split(substr($0, 2), cells, "|")
  preset = cell(cells[2], "")
  what = cell(cells[3], "\\fI")
  print ".TP"
  print cell(cells[1], "\\fB")
  print toupper(substr(what, 1, 1)) substr(what, 2) (preset == "" ? "." : " (" preset ").")
  told++
}

END { if (!told) exit 1 }
