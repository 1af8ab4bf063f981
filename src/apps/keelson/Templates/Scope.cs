namespace Keelson.Cli.Templates;

/// <summary>The variables of a template. The one without a name is the data.</summary>
internal sealed class Scope(object? data)
{
    private readonly List<(string Name, object? Value)> variables = [("", data)];

    /// <summary>To go back to with <see cref="Release"/>.</summary>
    public int Mark => variables.Count;

    /// <summary>Forgets what was declared since.</summary>
    public void Release(int mark) => variables.RemoveRange(mark, variables.Count - mark);

    /// <summary>Declares a variable or changes it.</summary>
    public void Set(string name, object? value, bool declares)
    {
        if (declares) variables.Add((name, value));
        else variables[Find(name)] = (name, value);
    }

    /// <summary>The value of a variable.</summary>
    public object? Get(string name) => variables[Find(name)].Value;

    private int Find(string name)
    {
        int index = variables.FindLastIndex(v => v.Name == name);
        return index >= 0 ? index : throw new TemplateException($"${name} is not declared");
    }
}
