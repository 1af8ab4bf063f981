using System.Diagnostics;

namespace Keelson.Build;

/// <summary>What a program makes of a stream. The program gets the bytes alone, no name and no other descriptor.</summary>
internal sealed class ProgramStream : ReadOnlyStream
{
    private readonly Process process;
    private readonly Stream input;
    private readonly Task feeding;
    private bool isAtEnd;

    /// <summary>Starts a program.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads; closed with this.</param>
    public ProgramStream(string path, IReadOnlyList<string> arguments, Stream input)
    {
        this.input = input;
        process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })
            ?? throw new KeelsonException(ErrorKind.Unavailable, $"start {path}: it did not start");
        feeding = FeedAsync();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count = process.StandardOutput.BaseStream.Read(buffer);
        if (count == 0 && buffer.Length > 0) Finish();
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await process.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count == 0 && buffer.Length > 0) Finish();
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        process.Dispose();
        await input.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private void Finish()
    {
        if (isAtEnd) return;
        isAtEnd = true;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new IOException($"{process.StartInfo.FileName} ended with {process.ExitCode}: what it read is damaged");
    }

    private async Task FeedAsync()
    {
        try
        {
            await input.CopyToAsync(process.StandardInput.BaseStream).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has seen enough.
        }
        finally
        {
            process.StandardInput.Close();
        }
    }
}
