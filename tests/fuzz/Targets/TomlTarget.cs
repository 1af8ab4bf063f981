using System.Text;
using Keelson.Toml;

namespace Keelson.Fuzz.Targets;

/// <summary>Configuration files.</summary>
internal sealed class TomlTarget : IFuzzTarget
{
    public string Name => "toml";

    public void Run(ReadOnlySpan<byte> input)
    {
        try
        {
            if (new TomlReader("document", Encoding.UTF8.GetString(input)).Read().Table is null) throw new InvalidOperationException("the document is no table");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument && e.Message.StartsWith("read document: line ", StringComparison.Ordinal))
        {
        }
    }
}
