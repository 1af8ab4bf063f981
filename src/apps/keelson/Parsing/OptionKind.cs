namespace Keelson.Cli.Parsing;

/// <summary>What an option takes.</summary>
internal enum OptionKind
{
    /// <summary>Nothing, or <c>=true</c> and <c>=false</c>.</summary>
    Flag,
    /// <summary>One value; the last one counts.</summary>
    Value,
    /// <summary>A value each time it is given.</summary>
    List,
}
