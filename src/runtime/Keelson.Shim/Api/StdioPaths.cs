namespace Keelson.Shim.Api;

/// <summary>Where the standard streams of a process go: a fifo's path, <c>file://</c> or <c>binary://</c>; empty for nowhere.</summary>
/// <param name="Stdin">Standard input, a fifo.</param>
/// <param name="Stdout">Standard output, or all of the terminal's.</param>
/// <param name="Stderr">Standard error; unused with a terminal.</param>
/// <param name="Terminal">Whether the process has a terminal.</param>
public sealed record StdioPaths(string Stdin, string Stdout, string Stderr, bool Terminal);
