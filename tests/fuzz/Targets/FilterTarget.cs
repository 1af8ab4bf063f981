using System.Text;
using Keelson.Content;

namespace Keelson.Fuzz.Targets;

/// <summary>Filters of list calls.</summary>
internal sealed class FilterTarget : IFuzzTarget
{
    private static readonly ImageRecord Image = new("docker.io/library/busybox:latest", new("application/x", Oci.Digest.Of("x"u8), 1)) { Labels = LabelSet.Of(("a", "1"), ("b.c", "two words")) };

    public string Name => "filter";

    public void Run(ReadOnlySpan<byte> input)
    {
        Filter filter;
        try
        {
            filter = Filter.Parse(Encoding.UTF8.GetString(input));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            return;
        }
        string plain = filter.ToString();
        if (plain.Length > Filter.LimitCharacters) return;
        Filter again = Filter.Parse(plain);
        if (again.ToString() != plain) throw new InvalidOperationException("the plain form changed");
        if (again.Matches(Image) != filter.Matches(Image)) throw new InvalidOperationException("the plain form matches differently");
    }
}
