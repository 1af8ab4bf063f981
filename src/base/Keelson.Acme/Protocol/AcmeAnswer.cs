using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keelson.Acme.Protocol;

/// <summary>An answer of the authority.</summary>
/// <param name="Step">What it answers, for messages.</param>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Location">The address of what was made; <see langword="null"/>: none.</param>
/// <param name="RetryAfter">When the authority wants to be asked again.</param>
internal sealed record AcmeAnswer(string Step, int Status, byte[] Body, string? Location, TimeSpan? RetryAfter)
{
    /// <summary>The document that it is.</summary>
    /// <exception cref="AcmeException">It is none.</exception>
    public T Read<T>(JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Body, type) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new AcmeException(ErrorKind.Unavailable, $"{Step}: the answer is not the JSON that it should be", inner: e);
        }
    }

    /// <summary>The problem that it names; <see langword="null"/>: it names none.</summary>
    public ProblemDocument? Problem()
    {
        try
        {
            return JsonSerializer.Deserialize(Body, AcmeJson.Default.ProblemDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
