namespace Keelson.Interop.Tests;

/// <summary>What these tests expect of commands besides their status.</summary>
public static class CommandResultExtensions
{
    extension(CommandResult result)
    {
        /// <summary>Fails the test unless the command ended with 0 and wrote <paramref name="text"/>, apart from the newline at its end.</summary>
        public CommandResult Prints(string text)
        {
            result.Succeeds();
            return Wrote(result, text);
        }

        /// <summary>Fails the test unless standard output is <paramref name="text"/>, apart from the newline at its end, whatever the status.</summary>
        public CommandResult Wrote(string text)
        {
            Assert.True(result.Text == text, $"expected '{text}': {result}");
            return result;
        }

        /// <summary>Fails the test unless the command ended with <paramref name="exitCode"/> and said each of the words on standard error.</summary>
        public CommandResult FailsWith(int exitCode, params ReadOnlySpan<string> words) => result.Exits(exitCode).Fails(words);
    }
}
