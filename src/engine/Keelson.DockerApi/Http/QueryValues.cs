using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Http;

/// <summary>Parameters of a request as docker reads them: leniently where it does so.</summary>
internal readonly struct QueryValues(IQueryCollection query)
{
    /// <summary>A text; empty when it is not there.</summary>
    public string this[string name] => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] ?? "" : "";

    /// <summary>Whether the parameter is there.</summary>
    public bool Has(string name) => query.ContainsKey(name);

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> All(string name) => query.TryGetValue(name, out var values) ? [.. values.OfType<string>()] : [];

    /// <summary>Everything but <c>0</c>, <c>no</c>, <c>false</c>, <c>none</c> and nothing is true.</summary>
    public bool Flag(string name, bool standard = false) => Has(name) ? this[name].Trim().ToLowerInvariant() is not ("" or "0" or "no" or "false" or "none") : standard;

    /// <summary>An integer; <see langword="null"/> when it is not there.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public int? Integer(string name) => this[name] is not { Length: > 0 } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value
        : throw ApiException.BadRequest($"parameter {name}: '{text}' is no integer");

    /// <summary>A moment: seconds and fractions of one since 1970; <see langword="null"/> when it is not there.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public DateTimeOffset? Moment(string name)
    {
        string text = this[name];
        if (text.Length == 0) return null;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal seconds))
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment) ? moment
                : throw ApiException.BadRequest($"parameter {name}: '{text}' is no moment");
        return Math.Abs(seconds) < 1e11m ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : throw ApiException.BadRequest($"parameter {name}: '{text}' is out of range");
    }
}
