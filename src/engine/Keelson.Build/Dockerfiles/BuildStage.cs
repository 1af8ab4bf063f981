namespace Keelson.Build;

/// <summary>A stage: what FROM begins.</summary>
/// <param name="Source">The instruction FROM as it is written.</param>
/// <param name="Line">Its line.</param>
/// <param name="Base">The image or stage below, variables still in it.</param>
/// <param name="Name">Its name in lower case; empty for none.</param>
/// <param name="Platform">Flag <c>--platform</c>; empty for none.</param>
/// <param name="Instructions">What follows FROM.</param>
public sealed record BuildStage(string Source, int Line, string Base, string Name, string Platform, IReadOnlyList<Instruction> Instructions);
