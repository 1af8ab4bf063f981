namespace Keelson.Build;

/// <summary>An instruction as it is written, with lines that it goes on over joined.</summary>
/// <param name="Number">Its first line; the file's first is 1.</param>
/// <param name="Text">All of it, as a build repeats it.</param>
/// <param name="Keyword">Its first word in upper case.</param>
/// <param name="Flags">Words behind it that begin with <c>--</c>, quotes taken away.</param>
/// <param name="Rest">What follows, without space around it.</param>
internal sealed record DockerfileLine(int Number, string Text, string Keyword, IReadOnlyList<string> Flags, string Rest);
