namespace Keelson.Cli.Templates;

/// <summary>Something with fields that a template can name.</summary>
internal interface ITemplateObject
{
    /// <summary>Finds a field.</summary>
    bool TryGet(string name, out object? value);

    /// <summary>Calls a method with arguments; a field is one without.</summary>
    bool TryCall(string name, object?[] arguments, out object? value);

    /// <summary>Names and values, in the order in which JSON has them.</summary>
    IEnumerable<KeyValuePair<string, object?>> Fields { get; }
}
