using System.Text;

namespace Keelson.Build;

/// <summary>Collects text into words.</summary>
internal sealed class WordSplitter
{
    private readonly List<string> words = [];
    private readonly StringBuilder word = new();
    private bool isWord;

    /// <summary>Adds text whose white space parts words.</summary>
    public void Add(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsWhiteSpace(c)) AddRaw(c.ToString());
            else if (isWord) End();
        }
    }

    /// <summary>Adds text that is of one word, also when it is empty.</summary>
    public void AddRaw(string text)
    {
        word.Append(text);
        isWord = true;
    }

    /// <summary>The words.</summary>
    public IReadOnlyList<string> Finish()
    {
        if (isWord) End();
        return words;
    }

    private void End()
    {
        words.Add(word.ToString());
        word.Clear();
        isWord = false;
    }
}
