namespace Keelson.Fuzz;

/// <summary>What an input did to a target.</summary>
/// <param name="Kind">The same for inputs that show the same fault.</param>
/// <param name="Text">For people.</param>
internal sealed record Fault(string Kind, string Text);
