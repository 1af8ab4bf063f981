using System.Text;
using Keelson.Build;

namespace Keelson.Fuzz.Targets;

/// <summary>Patterns of .dockerignore, and a path behind a zero byte: what is out takes with it what is below, unless a pattern takes something back.</summary>
internal sealed class IgnoreTarget : IFuzzTarget
{
    /// <summary>What the kernel takes; work grows with the product of both lengths.</summary>
    private const int LongestPath = 512;

    public string Name => "dockerignore";

    public void Run(ReadOnlySpan<byte> input)
    {
        int zero = input.IndexOf((byte)0);
        string patterns = Encoding.UTF8.GetString(zero < 0 ? input : input[..zero]), path = zero < 0 ? "a/b" : Encoding.UTF8.GetString(input.Slice(zero + 1, Math.Min(input.Length - zero - 1, LongestPath))).Trim('/');
        try
        {
            IgnoreList list = IgnoreList.Parse(patterns);
            if (path.Length > 0 && list.Excludes(path) && !list.HasExceptions && !list.Excludes(path + "/below")) throw new InvalidOperationException($"{path} is out and {path}/below is not");
            _ = list.MayKeepBelow(path);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            // Refused, as it should be.
        }
    }
}
