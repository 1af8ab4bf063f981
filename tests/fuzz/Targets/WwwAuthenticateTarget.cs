using System.Text;
using Keelson.Distribution;

namespace Keelson.Fuzz.Targets;

/// <summary>The header by which a registry says how to authenticate.</summary>
internal sealed class WwwAuthenticateTarget : IFuzzTarget
{
    public string Name => "www-authenticate";

    public void Run(ReadOnlySpan<byte> input)
    {
        int chars = 0;
        foreach (AuthChallenge challenge in AuthChallenge.Parse(Encoding.Latin1.GetString(input)))
        {
            if (challenge.Scheme.Length == 0) throw new InvalidOperationException("a scheme is empty");
            chars += challenge.Scheme.Length + challenge.Parameters.Sum(pair => pair.Key.Length + pair.Value.Length);
        }
        if (chars > input.Length) throw new InvalidOperationException("more was read than is there");
    }
}
