namespace Keelson.Cli.Templates;

/// <summary>A token of an action.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">Its text.</param>
/// <param name="IsAttached">Whether no blank stands before it: <c>(a).B</c> is one operand, <c>a .B</c> are two.</param>
internal readonly record struct Token(TokenKind Kind, string Value, bool IsAttached);
