using System.Net;
using Keelson.Network.Dns;

namespace Keelson.Fuzz.Targets;

/// <summary>Messages that ask for names. A name that is read has none but letters of names, and an address of the reverse tree is the same when its own name is read.</summary>
internal sealed class DnsQuestionTarget : IFuzzTarget
{
    public string Name => "dns-question";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (!DnsQuestion.TryRead(input, out DnsQuestion question)) return;
        if (question.Name.Length > 253 || question.Name.Any(letter => letter is <= ' ' or > '~' || char.IsAsciiLetterUpper(letter))) throw new InvalidOperationException("a name has what no name has: " + question.Name);
        if (!question.TryReadAddress(out IPAddress? address)) return;
        string name = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? string.Join('.', address.GetAddressBytes().Reverse()) + ".in-addr.arpa"
            : string.Join('.', Convert.ToHexStringLower(address.GetAddressBytes()).Reverse()) + ".ip6.arpa";
        if (!(question with { Name = name }).TryReadAddress(out IPAddress? again) || !again.Equals(address)) throw new InvalidOperationException("another address: " + name);
    }
}
