namespace Keelson.Acme.Challenges;

/// <summary>Ends an answer.</summary>
internal sealed class Answering(Action end) : IDisposable
{
    public void Dispose() => end();
}
