namespace Keelson.Docker;

/// <summary>Waits for the end of a container; the engine watches it from the moment this is there.</summary>
public sealed class ContainerWait : IDisposable
{
    private readonly ByteStream stream;

    internal ContainerWait(ByteStream stream) => this.stream = stream;

    /// <summary>For poll(2): it can be read once the container has ended. Look at <see cref="HasBuffered"/> first.</summary>
    public int Fd => stream.Fd;

    /// <summary>Whether the answer, or the beginning of it, is already here.</summary>
    public bool HasBuffered => stream.HasBuffered;

    /// <summary>Waits.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="KeelsonException">The engine could not wait, or ended.</exception>
    public int Finish()
    {
        JsonStream json = new(stream);
        if (json.Read(DockerJson.Default.ContainerWaitResponse) is not { } response)
            throw new KeelsonException(ErrorKind.Unavailable, "wait for the container: the engine has closed the connection");
        if (response.Error?.Message is { Length: > 0 } message) throw new DockerException(0, message);
        return (int)response.StatusCode;
    }

    /// <summary>Waits no longer.</summary>
    public void Dispose() => stream.Dispose();
}
