namespace Keelson.Content;

/// <summary>Chooses objects of a list: <c>labels."k"==v,digest~=sha256:ab.*</c>.</summary>
/// <remarks>
/// The language of containerd's list calls:
/// <code>
/// filter   = selector { "," selector }          all of them hold
/// selector = path [ operator value ]            without operator: the field is there
/// path     = field { "." field }
/// field    = quoted | letters, digits, "_", "-"
/// operator = "==" | "!=" | "~="                 "~=" is a regular expression that matches anywhere
/// value    = quoted | anything but space and ","
/// quoted   = "text with escapes as in Go", after "~=" also between two "/" or two "|"
/// </code>
/// Of several filters one has to hold; none, and the empty one, hold always. Regular expressions have no look-around and no back references, and
/// match in time linear in the text.
/// </remarks>
public sealed class Filter
{
    /// <summary>Longest filter, in characters.</summary>
    public const int LimitCharacters = 16 * 1024;

    /// <summary>Most filters of one list call.</summary>
    public const int LimitCount = 256;

    private readonly Selector[][] any;

    private Filter(Selector[][] any) => this.any = any;

    /// <summary>Holds for every object.</summary>
    public static Filter Always { get; } = new([]);

    /// <summary>Reads one filter.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another form, or its regular expression has.</exception>
    public static Filter Parse(string text) => ParseAll([text]);

    /// <summary>Reads filters of which one has to hold.</summary>
    /// <inheritdoc cref="Parse" path="/exception"/>
    public static Filter ParseAll(IReadOnlyCollection<string> texts)
    {
        if (texts.Count > LimitCount) throw new KeelsonException(ErrorKind.InvalidArgument, $"filters: {texts.Count} are more than {LimitCount}");
        List<Selector[]> any = [];
        bool always = texts.Count == 0;
        foreach (string text in texts)
        {
            Selector[] all = new FilterParser(text).Parse();
            if (all.Length == 0) always = true;
            any.Add(all);
        }
        return always ? Always : new([.. any]);
    }

    /// <summary>Whether it holds for an object.</summary>
    public bool Matches(IFilterable target)
    {
        if (any.Length == 0) return true;
        foreach (Selector[] all in any)
            if (Array.TrueForAll(all, selector => selector.Matches(target))) return true;
        return false;
    }

    /// <summary>The filter in its plainest form; parsing it gives the same filter. Several are separated by <c> or </c>, which is for people alone.</summary>
    public override string ToString() => string.Join(" or ", any.Select(all => string.Join(',', all.Select(selector => selector.ToString()))));
}
